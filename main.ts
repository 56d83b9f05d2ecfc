import process from "node:process";
import { HOST_COMMAND } from "./core/host/protocol.ts";

if (import.meta.main) {
  // What a runtime finds out of date in itself is no news for operators.
  Object.assign(process, { noDeprecation: true });
  // The host of drop-ins needs nothing of the command line, so it does not load it.
  if (Deno.args[0] === HOST_COMMAND) Deno.exit(await (await import("./core/host/main.ts")).main());
  const { main } = await import("./core/cli/main.ts");
  Deno.exit(await main(Deno.args));
}
