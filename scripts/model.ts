/** Prints what the model covers: states, transitions, paths, commands. `docs/model.md` has the same. */
import { modelReport } from '../test/support/model-report.ts';

console.log(await modelReport());
