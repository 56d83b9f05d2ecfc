/**
 * A monitor of one's own: does PostgreSQL answer a query, and is it the primary?
 *
 * An open port is not enough: a server that recovers, or whose disk hangs, has one too. So it asks by `psql`, which does
 * encryption and every kind of authentication; the password lies in a file that only the agent's account can read.
 *
 *     plugins:
 *       postgres-ping: { allow: { run: psql } }
 *     monitors:
 *       dbw1: { type: postgres-ping, host: 127.0.0.1, user: baton, role: primary }
 */

interface Options {
  host: string;
  port: number;
  user: string;
  database: string;
  role: "primary" | "standby" | "any";
  passwordFile?: string;
  connectTimeout: number;
  program: string;
}

interface Context {
  options: Options;
  exec(
    command: [string, ...string[]],
    options: { env: Record<string, string> },
  ): Promise<{ status: number; stdout: string; stderr: string; elapsedMs: number }>;
}

const QUERY = "select case when pg_is_in_recovery() then 'standby' else 'primary' end";

export default {
  kind: "monitor" as const,
  description: "Asks PostgreSQL by a query whether it works, and whether it is the primary or a standby.",
  options: {
    host: { type: "string" as const, default: "127.0.0.1", description: "host name, address, or folder of the socket" },
    port: { type: "integer" as const, default: 5432, min: 1, max: 65_535, description: "TCP port" },
    user: { type: "string" as const, default: "postgres", description: "who asks; needs no rights" },
    database: { type: "string" as const, default: "postgres", description: "the database to connect to" },
    role: {
      type: "string" as const,
      oneOf: ["primary", "standby", "any"],
      default: "any",
      description: "what it has to be",
    },
    passwordFile: { type: "path" as const, description: "a file as PGPASSFILE; left out: no password" },
    connectTimeout: { type: "duration" as const, default: "5s", min: 2_000, description: "for the connection" },
    program: { type: "string" as const, default: "psql", description: "psql, or its path" },
  },
  defaults: { intervalMs: 10_000, timeoutMs: 10_000, retries: 1, timing: "active" as const },

  async check({ options, exec }: Context) {
    const { host, port, user, database, role, passwordFile, connectTimeout, program } = options;
    const env = {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGDATABASE: database,
      PGAPPNAME: "baton",
      PGCONNECT_TIMEOUT: String(Math.ceil(connectTimeout / 1_000)),
      ...(passwordFile === undefined ? {} : { PGPASSFILE: passwordFile }),
    };
    const command: [string, ...string[]] = [program, "-X", "-q", "-A", "-t", "-w", "-c", QUERY];
    const { status, stdout, stderr, elapsedMs } = await exec(command, { env });
    const where = `PostgreSQL at ${host}:${port}`;
    const measurements = { queryMs: Math.round(elapsedMs) };
    // 2 is psql's word for a connection that failed; everything else is an answer of the server.
    if (status !== 0) {
      const said = stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
      // A password that is wrong says nothing about the service.
      const denied = /password|authentication|pg_hba|role ".*" does not exist/.test(stderr);
      // Nor does a psql that could not run (126, 127) or was ended by a signal (128 and its number).
      const verdict = denied || status > 125 ? "unknown" as const : "error" as const;
      return { status: verdict, code: 5, message: `${where} does not answer the query: ${said}`, measurements };
    }
    const found = stdout.trim();
    if (role !== "any" && found !== role) {
      return { status: "error" as const, code: 5, message: `${where} is a ${found}, not the ${role}`, measurements };
    }
    return { status: "normal" as const, message: `${where} answers as ${found}`, measurements };
  },
};
