/**
 * The library that takes types out. In a file of its own, because the bundler finds the names of a CommonJS package only
 * in a static import, and this is to be loaded lazily.
 *
 * @module
 */
export { transformSync } from "amaro";
