/** Says which signal asked it to stop, and stops; run by signals_test. */
import { onSignals } from "../../../core/cli/signals.ts";

const ignore = onSignals((signal) => {
  console.log(`asked by ${signal}`);
  ignore();
  clearInterval(alive);
});
const alive = setInterval(() => {}, 1_000);
console.log("ready");
