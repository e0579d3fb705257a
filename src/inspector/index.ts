/**
 * The page on which runs are looked at: its files, for a server of runs. What it shows it asks of the API.
 * @module
 */
export { INSPECTOR_PATH, inspectorPage } from './inspector-page.ts';
