/**
 * The few parts of the SDK's S3 client that a witness uses, in a file of their own for the same reason as `sdk.ts`.
 *
 * @module
 */
export { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
