import { bool, choose, oneOf, scenario, wait, world } from "faultline";

// Sender, receiver and two lossy channels in the process algebra of mCRL2. There, two processes move together when
// they communicate; here each communication is a thread with one step, and a process's place is a field. A channel
// forgets what it no longer holds, so that it does not tell states apart.
const data = oneOf("d1", "d2");
const protocol = world({
  sender: oneOf("idle", "sending", "waiting"),
  senderBit: bool,
  senderData: data,
  messages: oneOf("empty", "full", "delivering", "damaged"),
  messageBit: bool,
  messageData: data,
  receiver: oneOf("listening", "received", "confirming", "repeating"),
  receiverBit: bool,
  receiverData: data,
  answers: oneOf("empty", "full", "delivering", "damaged"),
  answerBit: bool,
});

const accept = protocol.path(
  "accept",
  {},
  {
    "r1(d)": (k) => {
      if (k.sender !== "idle") return wait;
      k.senderData = choose("d1", "d2");
      k.sender = "sending";
      return "r1(d)";
    },
  },
);

const send = protocol.path(
  "send",
  {},
  {
    "c2(d, b)": (k) => {
      if (k.sender !== "sending" || k.messages !== "empty") return wait;
      k.sender = "waiting";
      k.messages = "full";
      k.messageBit = k.senderBit;
      k.messageData = k.senderData;
      return "c2(d, b)";
    },
  },
);

const carryMessage = protocol.path(
  "carry message",
  {},
  {
    i: (k) => {
      if (k.messages !== "full") return wait;
      k.messages = choose("delivering", "damaged");
      if (k.messages === "damaged") {
        k.messageBit = false;
        k.messageData = "d1";
      }
      return "i";
    },
  },
);

const receive = protocol.path(
  "receive",
  {},
  {
    "c3(d, b)": (k) => {
      if (k.receiver !== "listening") return wait;
      if (k.messages !== "delivering" && k.messages !== "damaged") return wait;
      if (k.messages === "delivering" && k.messageBit === k.receiverBit) {
        k.receiver = "received";
        k.receiverData = k.messageData;
      } else k.receiver = "repeating";
      k.messages = "empty";
      k.messageBit = false;
      k.messageData = "d1";
      return "c3(d, b)";
    },
  },
);

const deliver = protocol.path(
  "deliver",
  {},
  {
    "s4(d)": (k) => {
      if (k.receiver !== "received") return wait;
      k.receiver = "confirming";
      k.receiverData = "d1";
      return "s4(d)";
    },
  },
);

const answer = protocol.path(
  "answer",
  {},
  {
    "c5(b)": (k) => {
      if (k.receiver !== "confirming" && k.receiver !== "repeating") return wait;
      if (k.answers !== "empty") return wait;
      k.answers = "full";
      const bit = k.receiverBit;
      k.answerBit = k.receiver === "confirming" ? bit : !bit;
      if (k.receiver === "confirming") k.receiverBit = !bit;
      k.receiver = "listening";
      return "c5(b)";
    },
  },
);

const carryAnswer = protocol.path(
  "carry answer",
  {},
  {
    i: (k) => {
      if (k.answers !== "full") return wait;
      k.answers = choose("delivering", "damaged");
      if (k.answers === "damaged") k.answerBit = false;
      return "i";
    },
  },
);

const confirm = protocol.path(
  "confirm",
  {},
  {
    "c6(b)": (k) => {
      if (k.sender !== "waiting") return wait;
      if (k.answers !== "delivering" && k.answers !== "damaged") return wait;
      if (k.answers === "delivering" && k.answerBit === k.senderBit) {
        k.sender = "idle";
        k.senderBit = !k.senderBit;
        k.senderData = "d1";
      } else k.sender = "sending";
      k.answers = "empty";
      k.answerBit = false;
      return "c6(b)";
    },
  },
);

/** The alternating bit protocol over two channels that damage what they carry, with two data values. */
export const alternatingBit = scenario("alternating-bit", {
  about: "A sender repeats each message until its bit comes back",
  world: protocol,
  params: {},
  threads: () => ({ accept, send, carryMessage, receive, deliver, answer, carryAnswer, confirm }),
  init: (k) => {
    k.senderBit = true;
    k.receiverBit = true;
  },
  specs: [],
});
