/**
 * The runtime of a server, with the surface of a local one. For browsers and Node: nothing of Node is
 * imported.
 * @module
 */
export { type ClientOptions, createClient } from './create-client.ts';
