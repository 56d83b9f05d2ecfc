/**
 * The few parts of the SDK's STS client that assume a role, in a file of their own for the same reason as `sdk.ts`.
 *
 * @module
 */
export { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
