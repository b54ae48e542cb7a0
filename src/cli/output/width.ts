/**
 * The columns of a text of faultline's own help, which is ASCII, for yargs. What it would ask instead, the package
 * string-width, takes longer to begin than all the rest of the command line, as it knows every script and emoji.
 */
export default (text: string): number => text.length;
