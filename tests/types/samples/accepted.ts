// Valid code: tsc accepts this file.

import { io, type Socket } from "socket.io-client";
import type {
  Check,
  ClientToServerEvents,
  Failure,
  GrößeInput,
  GrößePath,
  GrößeSocket,
  MyType,
  Never,
  Order,
  OrgTenantIdPath,
  OrgTenantIdSocket,
  PageOrder,
  PartInput,
  Print,
  Refusal,
  ServerToClientEvents,
  ShopItem,
  StockItem,
  Success,
  WorkshopAuth,
  WorkshopClientToServerEvents,
  WorkshopPath,
  WorkshopServerToClientEvents,
  WorkshopSession,
  WorkshopSocket,
} from "../contract";

const path: WorkshopPath = "/workshop";
const auth: WorkshopAuth = { name: "Ada" };
export const session: WorkshopSession = { name: "Ada", apprentice: false };

// Both forms are the same type.
const workshop: WorkshopSocket = io(path, { auth });
export const same: Socket<WorkshopServerToClientEvents, WorkshopClientToServerEvents> = workshop;
export const lobby: Socket<ServerToClientEvents, ClientToServerEvents> = io("/");

// Paths with parameters.
export const tenants: OrgTenantIdPath[] = ["/acme/tenant-7", `/${"acme"}/tenant-${7}`];
export const tenant: OrgTenantIdSocket = io(tenants[0]!);

// Listeners with typed arguments.
workshop.on("order", (order) => {
  const { id, status, price, done, customer, part, steps }: Order = order;
  const open: "Open" | "Done" = status;
  const size: [number, number] | null = part.size;
  const made = part["made-of"];
  if (made !== "Wood" && "Alloy" in made) console.log(made.Alloy["iron"]);
  for (const step of steps) if (step.kind === "stopped") console.log(step.reason);
  const [cents, share]: [bigint, number] = [BigInt(price), done ?? NaN];
  console.log(id, open, cents, share, customer, size, part.parts[0]?.count.toFixed());
});
workshop.on("progress", (order, share) => console.log(order.toFixed(), share.toFixed()));
workshop.on("closed", () => {});

// The server may request an acknowledgement.
workshop.on("confirm", ({ order, question }, ack) => ack?.(question.length > order));

// Emitting with acknowledgements. Optional fields can be omitted.
const chair: PartInput = { name: "chair", size: null, "made-of": "Wood" };
const table: PartInput = { name: "table", count: 2, parts: [chair], "made-of": { Other: { name: "glass" } } };

export async function ask(): Promise<void> {
  const answer: Order | Failure<Refusal> = await workshop.emitWithAck("order", table);
  if ("error" in answer) {
    const { error } = answer;
    console.log("code" in error && error.code === "Busy" ? error.retry_after : error);
  } else {
    console.log(answer.status);
  }

  const page: PageOrder | Failure = await workshop.emitWithAck("list:orders", "Open");
  console.log(page);
  await workshop.emitWithAck("list:orders", "Open", 5);
  const tips: string | Failure = await workshop.emitWithAck("tip", String(2n ** 63n));
  if (typeof tips === "string") console.log(BigInt(tips) + 1n);
  await workshop.timeout(5000).emitWithAck("list:orders", "Done", null, 10);
  workshop.emit("list:orders", "Open", 7, (orders) => "rows" in orders && orders.rows.length);
  workshop.timeout(5000).emit("list:orders", "Open", (late: Error | null, orders) => console.log(late, orders));

  // The acknowledgement has no value, but can be a failure.
  const failure: Failure<Refusal> | undefined = await workshop.emitWithAck("cancel", 1);
  console.log(failure?.error);

  // A tuple struct acknowledges with several values.
  workshop.emit("measure", new Uint8Array([1]), (...answers) => {
    if (answers.length === 2) console.log(answers[0] + answers[1]);
    else console.log(answers[0].error.message);
  });

  // No acknowledgement.
  workshop.emit("note", { anything: ["goes"] });
  workshop.emit("note", 1, true);
  workshop.volatile.emit("note", null, null);

  // Any number of arguments.
  const labels: number = (await workshop.emitWithAck("label", 1)) as number;
  await workshop.emitWithAck("label", labels, "fragile", "heavy");
  await workshop.emitWithAck("gauge", "mm");
  await workshop.emitWithAck("gauge", "mm", 2, { any: [new ArrayBuffer(1)] }, 5);
  workshop.emit("log");
  workshop.emit("log", "one", null, "three");

  // Undescribed types are unknown, in both directions.
  const unknown: unknown = await workshop.emitWithAck("look", [1, 2]);
  console.log(unknown);
}

// Binary data: many types are accepted to the server, one type arrives at the client.
export async function draw(file: Blob): Promise<void> {
  workshop.on("drawing", (order, { name, content }) => console.log(order, name, new Uint8Array(content).length));
  await workshop.emitWithAck("draw", 1, { name: "a", content: file });
  await workshop.emitWithAck("draw", 1, { name: "a", content: new ArrayBuffer(4) });
  const drawing = await workshop.emitWithAck("draw", 1, { name: "a", content: new DataView(new ArrayBuffer(4)) });
  if (!("error" in drawing)) console.log(new Blob([new Uint8Array(drawing.content)]), new TextDecoder().decode(drawing.content));
}

/** Works for every acknowledgement type. */
export function isFailure(answer: unknown): answer is Failure<unknown> {
  return typeof answer === "object" && answer !== null && "error" in answer && Object.keys(answer).length === 1;
}

/** Returns the answer, and throws the failure. */
export async function certain<Answer>(question: Promise<Answer>): Promise<Success<Answer>> {
  const answer = await question;
  if (isFailure(answer)) throw new Error(JSON.stringify(answer.error));
  return answer as Success<Answer>;
}

// An answer with a field `error` of its own.
export async function print(drawing: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const answer: Print | Failure<Refusal> = await workshop.emitWithAck("print", 1);
  if (isFailure(answer)) {
    const refusal: Refusal | { message: string } = answer.error;
    console.log("code" in refusal ? refusal.code : refusal.message);
  } else {
    const job: Print = answer;
    console.log(job.id.toFixed(), job.error?.length);
  }
  if ("id" in answer) console.log(answer.id);
  const job: Print = await certain(workshop.emitWithAck("print", 2));
  const check: Check = await certain(workshop.emitWithAck("check", { name: "a", content: drawing }));
  return job.error ?? check.error;
}

// The types without a connection.
export const success: Success<Print | Failure<Refusal>> = { id: 1, error: "no paper" };
export const failures: Extract<Print | number | Failure<Refusal>, Failure<unknown>>[] = [];
export const refusals: (Refusal | { message: string })[] = failures.map((failure) => failure.error);

export const orders: Promise<Order[]> = certain(workshop.emitWithAck("list:orders", "Open")).then((page) => page.rows);

// Type names beyond ASCII, a name that is not an identifier, two types of one name, a type without values.
export async function store(item: ShopItem): Promise<void> {
  const path: GrößePath = "/größe";
  const warehouse: GrößeSocket = io(path);
  const stored: StockItem | Failure<Never> = await warehouse.emitWithAck("store", item);
  if ("error" in stored) throw new Error(stored.error.message);
  const exact: MyType = { exact: stored.shelf === "A" };
  const size: GrößeInput = { länge: 1.5, "in mm": exact };
  const rocket = await warehouse.emitWithAck("measure", size);
  if (rocket !== null && "stage" in rocket) console.log(rocket.stage[0]?.size.länge.toFixed());
}
