/**
 * The client, as a program in its own namespace: connects to addresses again and again, reads the name of the server that
 * answers, and prints a line for each answer: the time, what was asked, who answered. What is not answered is silence.
 *
 *     prober.ts PORT NAME=ADDRESS=EVERY_MS ...
 */
import { connect } from "node:net";
import { nowMs } from "./commands.ts";

/** A connection that takes longer is no answer. In milliseconds. */
const TIMEOUT_MS = 100;
/** Questions under way at most, for each address. */
const MAX_UNDERWAY = 40;

const [port = "0", ...targets] = Deno.args;
const lines: string[] = [];

function probe(name: string, address: string, done: () => void): void {
  const socket = connect({ host: address, port: Number(port) });
  let said = "";
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {});
  socket.on("data", (bytes: Uint8Array) => {
    said += new TextDecoder().decode(bytes);
    if (!said.endsWith("\n")) return;
    lines.push(`${nowMs().toFixed(1)} ${name} ${said.trim()}`);
    socket.destroy();
  });
  socket.on("close", done);
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
setInterval(() => {
  if (lines.length > 0) {
    out.write(new TextEncoder().encode(`${lines.splice(0).join("\n")}\n`)).catch(() => Deno.exit(0));
  }
}, 20);
