// The parser of the clients and the reference server: MessagePack with PARSER=msgpack, the default parser otherwise.
import msgpackParser from "socket.io-msgpack-parser";

export const msgpack = process.env.PARSER === "msgpack";

/** Options to spread into those of a client or a server. */
export const parserOption = msgpack ? { parser: msgpackParser } : {};

/** `true` if the server sends dates as dates. Switchboard sends them as text. */
export const datesTravel = msgpack && Boolean(process.env.REFERENCE);
