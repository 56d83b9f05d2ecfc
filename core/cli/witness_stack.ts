/**
 * How what a witness needs is made in AWS: two commands, for a person to run.
 *
 * @module
 */

/** What is known of the account; what is not stays in capitals. */
export interface StackPlace {
  vpc?: string;
  tables?: readonly string[];
  roles?: readonly string[];
}

/** The lines that make bucket, endpoint and policy of the witness of `file`. */
export function stackCommands(file: string, cluster: string, { vpc, tables, roles }: StackPlace): string[] {
  const stack = `${cluster.replace(/[^A-Za-z0-9]+/g, "-").replace(/^[^A-Za-z]+|-$/g, "") || "baton"}-witness`;
  return [
    `  baton cloudformation --witness -c ${file} > ${stack}.yaml`,
    `  aws cloudformation deploy --stack-name ${stack} --template-file ${stack}.yaml --capabilities CAPABILITY_IAM \\`,
    `    --parameter-overrides VpcId=${vpc ?? "VPC"} EndpointTables=${tables?.join(",") ?? "TABLE,TABLE"} ` +
    `ServerRoles=${roles?.join(",") ?? "ROLE"}`,
  ];
}
