/**
 * The client, as a program in its own namespace: connects to addresses again and again, and prints a line for each
 * answer: the time, what was asked, the number it sent, and what the server said of itself (`app.pl`). What is not
 * answered is silence. The VIP is asked to count, each time with a new number; the servers' own addresses are only asked.
 *
 * When this program itself was kept from running, it says so: `TIME pause MILLISECONDS`.
 *
 *     prober.ts PORT NAME=ADDRESS=EVERY_MS ...
 */
import { connect } from "node:net";
import { nowMs } from "./commands.ts";

/** A connection that takes longer is no answer. In milliseconds. */
const TIMEOUT_MS = 100;
/** Questions under way at most, for each address. */
const MAX_UNDERWAY = 40;
/** Later than this a timer was late because the program did not run. In milliseconds. */
const LATE_MS = 40;
const TICK_MS = 20;
/** The one that is asked to count. */
const COUNTED = "vip";

const [port = "0", ...targets] = Deno.args;
const lines: string[] = [];
let numbers = 0;

function probe(name: string, address: string, done: () => void): void {
  const socket = connect({ host: address, port: Number(port) });
  const number = name === COUNTED ? ++numbers : 0;
  let said = "";
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {});
  socket.on("data", (bytes: Uint8Array) => {
    said += new TextDecoder().decode(bytes);
    if (!said.endsWith("\n")) return;
    lines.push(`${nowMs().toFixed(1)} ${name} ${number} ${said.trim()}`);
    socket.destroy();
  });
  socket.on("close", done);
  socket.write(name === COUNTED ? `add ${number}\n` : "who\n");
}

for (const target of targets) {
  const [name = "", address = "", everyMs = "5"] = target.split("=");
  let underway = 0;
  setInterval(() => {
    if (underway >= MAX_UNDERWAY) return;
    underway += 1;
    probe(name, address, () => underway -= 1);
  }, Number(everyMs));
}

const out = Deno.stdout.writable.getWriter();
let tickMs = nowMs();
setInterval(() => {
  const atMs = nowMs();
  if (atMs - tickMs - TICK_MS > LATE_MS) lines.push(`${atMs.toFixed(1)} pause ${(atMs - tickMs).toFixed(1)}`);
  tickMs = atMs;
  if (lines.length > 0) {
    out.write(new TextEncoder().encode(`${lines.splice(0).join("\n")}\n`)).catch(() => Deno.exit(0));
  }
}, TICK_MS);
