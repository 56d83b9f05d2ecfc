/** `baton` with a fault of its own: it throws from nowhere once there is a file named as the first argument says. */
import { main } from "../../core/cli/main.ts";

const [trigger = "", how = "", ...args] = Deno.args;
const timer = setInterval(() => {
  try {
    Deno.statSync(trigger);
  } catch {
    return;
  }
  clearInterval(timer);
  const fault = new Error("this must not happen");
  if (how === "rejection") void Promise.reject(fault);
  else throw fault;
}, 20);
Deno.exit(await main(args));
