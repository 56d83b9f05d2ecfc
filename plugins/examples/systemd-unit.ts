/**
 * A monitor of one's own: a unit of systemd that no group starts, but that has to run.
 *
 *     monitors:
 *       timew1: { type: systemd-unit, unit: chrony.service, recovery: { target: LocalServer, finalAction: none } }
 *
 * The agent asks systemctl for it, so that it needs no permission.
 */

interface Context {
  options: { unit: string };
  signal: AbortSignal;
  os: { serviceState(service: string, signal: AbortSignal): Promise<string> };
}

export default {
  kind: "monitor" as const,
  description: "Checks that a unit of systemd runs.",
  options: { unit: { type: "string" as const, required: true, description: "the unit, such as chrony.service" } },
  defaults: { intervalMs: 30_000, timeoutMs: 10_000, retries: 1, timing: "always" as const },

  async check({ options: { unit }, signal, os }: Context) {
    const state = await os.serviceState(unit, signal);
    const message = `${unit} is ${state}`;
    if (state === "running") return { status: "normal" as const, message };
    // On its way somewhere: the next check knows more.
    if (state === "starting" || state === "stopping") return { status: "warning" as const, code: 1, message };
    // A unit that nobody has installed is a mistake in cluster.yaml, and no failure of the unit.
    if (state === "missing") return { status: "unknown" as const, code: 99, message };
    return { status: "error" as const, code: 1, message };
  },
};
