import { join } from "node:path";

/** Certificates in PEM. */
export interface Certificates {
  ca: string;
  /** Of a server with that name, and only that. */
  cert: string;
  key: string;
}

/** Makes a CA (`ca.pem` in `folder`) and a certificate that it signs, with openssl. */
export async function certificates(folder: string, name = "localhost"): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await Deno.writeTextFile(file("names"), `subjectAltName=DNS:${name}\nbasicConstraints=CA:FALSE\n`);
  await openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
    "-addext",
    "basicConstraints=critical,CA:TRUE",
  );
  await openssl("req", ...newKey, "-keyout", file("server.key"), "-out", file("server.csr"), "-subj", `/CN=${name}`);
  await openssl(
    "x509",
    "-req",
    "-in",
    file("server.csr"),
    "-CA",
    file("ca.pem"),
    "-CAkey",
    file("ca.key"),
    "-CAcreateserial",
    "-out",
    file("server.pem"),
    "-days",
    "2",
    "-extfile",
    file("names"),
  );
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "server.pem", "server.key"].map((name) => Deno.readTextFile(file(name))),
  );
  return { ca: ca!, cert: cert!, key: key! };
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  })
    .output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
