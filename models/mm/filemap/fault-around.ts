/** The generator of all orders under the name that models from outside may know it by. */
export { mapPagesInAnyOrder as filemapMapPages } from "./map-pages-in-any-order.ts";
