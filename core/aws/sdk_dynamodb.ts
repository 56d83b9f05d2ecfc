/**
 * The few parts of the SDK's DynamoDB client that a witness uses, in a file of their own for the same reason as `sdk.ts`.
 *
 * @module
 */
export { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
