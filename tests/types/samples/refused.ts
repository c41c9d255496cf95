// Invalid code: tsc rejects each marked line, and no other.

import { io } from "socket.io-client";
import type { Failure, Order, OrgTenantIdPath, PartInput, Print, WorkshopAuth, WorkshopSocket } from "../contract";

const workshop: WorkshopSocket = io("/workshop");
const part: PartInput = { name: "chair", "made-of": "Wood" };

export async function wrongEvents(): Promise<void> {
  workshop.emit("cancle", 1, () => {}); // refused: TS2345
  workshop.on("oder", () => {}); // refused: TS2345
  workshop.emit("progress", 1, 0.5); // refused: TS2345
  workshop.on("draw", () => {}); // refused: TS2345
  await workshop.emitWithAck("cancle", 1); // refused: TS2345
}

export async function wrongPayloads(): Promise<void> {
  await workshop.emitWithAck("cancel", "1"); // refused: TS2345
  await workshop.emitWithAck("cancel"); // refused: TS2554
  await workshop.emitWithAck("cancel", 1, 2); // refused: TS2554
  await workshop.emitWithAck("order", { name: "chair" }); // refused: TS2741
  await workshop.emitWithAck("order", { ...part, "made-of": "Stone" }); // refused: TS2322
  await workshop.emitWithAck("order", { ...part, colour: "red" }); // refused: TS2353
  await workshop.emitWithAck("list:orders", "open"); // refused: TS2345
  await workshop.emitWithAck("list:orders", "Open", "5"); // refused: TS2345
  await workshop.emitWithAck("tip", 5); // refused: TS2345
  workshop.emit("note"); // refused: TS2554
  workshop.emit("note", 1, "true"); // refused: TS2345
}

export async function wrongAnswers(): Promise<void> {
  workshop.emit("cancel", 1); // refused: TS2554
  workshop.emit("cancel", 1, (failure: number) => failure); // refused: TS2345
  workshop.on("confirm", (_, ack) => ack?.("yes")); // refused: TS2345
  workshop.on("confirm", (_, ack) => ack(true)); // refused: TS2722
  workshop.on("progress", (order: string) => order); // refused: TS2345
  const order: Order = await workshop.emitWithAck("order", part); // refused: TS2322
  const failure = await workshop.emitWithAck("cancel", 1);
  console.log(order, failure.error); // refused: TS18048
  const print = await workshop.emitWithAck("print", 1);
  const job: Print = print; // refused: TS2322
  console.log(print.id, job); // refused: TS2339
  const made: Failure = { error: { message: "made by a client" } }; // refused: TS2741
  console.log(made);
}

export async function wrongNumbers(): Promise<void> {
  workshop.emit("log", 1); // refused: TS2345
  await workshop.emitWithAck("label"); // refused: TS2555
  await workshop.emitWithAck("label", 1, "fragile", 2); // refused: TS2345
}

export async function wrongBinary(): Promise<void> {
  await workshop.emitWithAck("draw", 1, { name: "a", content: "text" }); // refused: TS2322
  await workshop.emitWithAck("draw", 1, { name: "a", content: [1, 2] }); // refused: TS2322
  workshop.on("drawing", (_, drawing) => console.log(drawing.content.size)); // refused: TS2339
}

export const auth: WorkshopAuth = { nam: "Ada" }; // refused: TS2561
export const path: OrgTenantIdPath = "/acme/tenant-seven"; // refused: TS2322
