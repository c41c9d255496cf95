// The parser that clients, and the reference server, are to use: MessagePack's with PARSER=msgpack, else their own.
import msgpackParser from "socket.io-msgpack-parser";

export const msgpack = process.env.PARSER === "msgpack";

/** To be spread into the options of a client or a server. */
export const parserOption = msgpack ? { parser: msgpackParser } : {};

/** Whether a date that the server sends is a date, and not text: Switchboard has only text. */
export const datesTravel = msgpack && Boolean(process.env.REFERENCE);
