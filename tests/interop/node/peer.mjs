// What the scripts of this folder have in common: the talk with a peer of Florin, the count of
// cases, and text with one bit changed.
import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { createInterface } from "node:readline";

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const bytes = (text) => new Uint8Array(Buffer.from(text, "hex"));
export const random = (size) => new Uint8Array(randomBytes(size));
export const base64url = (data) => Buffer.from(data).toString("base64url");

// One request, one answer, each a line of JSON.
export class Peer {
  constructor(program) {
    this.process = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }
  // What it answered, which may be an "error".
  async try(request) {
    this.process.stdin.write(JSON.stringify(request) + "\n");
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the peer ended at ${request.do}`);
    return JSON.parse(value);
  }
  async ask(request) {
    const answer = await this.try(request);
    if (answer.error) throw new Error(`Florin: ${answer.error}: ${answer.message}`);
    return answer;
  }
  end() {
    this.process.stdin.end();
  }
}

// Counts cases by kind and direction; remembers what failed.
export class Tally {
  constructor(title) {
    this.title = title;
    this.counts = new Map();
    this.failed = 0;
  }
  async case(kind, name, run) {
    const count = this.counts.get(kind) ?? 0;
    this.counts.set(kind, count + 1);
    try {
      await run();
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED: ${kind}: ${name}: ${error.message}`);
    }
  }
  // The exit status.
  report() {
    let total = 0;
    for (const [kind, count] of this.counts) {
      console.log(`${this.title}: ${kind}: ${count}`);
      total += count;
    }
    console.log(`${this.title}: ${total} cases, ${this.failed} failed`);
    return total > 0 && this.failed === 0 ? 0 : 1;
  }
}

export function expectSame(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what}: ${got} instead of ${wanted}`);
}

// Florin tells every refusal that depends on the text alike, and must not tell another error.
export async function expectRefusedByFlorin(peer, request, what) {
  const answer = await peer.try(request);
  if (answer.error !== "VERIFICATION_FAILED") {
    throw new Error(`${what}: Florin answered ${JSON.stringify(answer)}`);
  }
}

export async function expectRefusedByThem(open, what) {
  try {
    await open();
  } catch {
    return;
  }
  throw new Error(`${what}: they took it`);
}

export function flipBit(data) {
  const changed = Buffer.from(data);
  changed[randomInt(changed.length)] ^= 1 << randomInt(8);
  return changed;
}

// The same text with one bit of what base64url `part` holds changed.
export const altered = (part) => base64url(flipBit(Buffer.from(part, "base64url")));

// [which part, the text with that part changed] of every part of a compact text that is not empty.
export function alteredCompact(text, names) {
  const parts = text.split(".");
  return names
    .map((name, i) => [name, i])
    .filter(([, i]) => parts[i] !== "")
    .map(([name, i]) => [name, parts.map((p, j) => (i === j ? altered(p) : p)).join(".")]);
}
