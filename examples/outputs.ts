/**
 * One run reads the weather stations, another makes a bulletin of what it gave out. Outputs are handed over
 * by their ids. Each says what it was made from, so that a bulletin can be traced back to its readings.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRuntime, defineRun } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { workFolder } from './support/folder.ts';

const folder = workFolder();
type Reading = { readonly station: string; readonly celsius: number };

const survey = defineRun({
  name: 'survey',
  execute: async ({ outputs }) => {
    const readings: Reading[] = [];
    for (const [station, celsius] of Object.entries({ harbour: 11, airport: 8, hill: 5 })) {
      readings.push({ station, celsius });
      await outputs.progress('reading', station);
      // The newest of a name is the one that counts.
      await outputs.artifact('readings', readings, { producer: 'thermometers' });
    }
    // A file is kept beside the database, by its digest; the original is not needed any more.
    const path = join(folder, 'radar.txt');
    writeFileSync(path, '..##..\n.####.\n');
    await outputs.file(path, { name: 'radar', mime: 'text/plain', producer: 'radar' });
  },
});

const bulletin = defineRun({
  name: 'bulletin',
  execute: async ({ inputs, outputs }) => {
    const [readingsId = '', radarId = ''] = inputs;
    const readings = (await outputs.value(readingsId)) as readonly Reading[];
    const mean = readings.reduce((sum, { celsius }) => sum + celsius, 0) / readings.length;
    const numbers = { stations: readings.length, mean };
    const summary = await outputs.artifact('summary', numbers, { parentRefs: [readingsId] });
    const text = `${mean} degrees, with showers`;
    await outputs.final(text, { parentRefs: [summary.id, radarId] });
    return text;
  },
});

const definitions = [survey, bulletin];
const stores = sqlite(join(folder, 'runs.db'));
await using runtime = await createRuntime({ stores, definitions });

const source = await runtime.start(survey);
await source.result();
const readings = await source.outputs.latestByArtifact('readings');
const radar = await source.outputs.latestByProducer('radar');
if (readings === undefined || radar === undefined) throw new Error('The survey gave out nothing.');

const run = await runtime.start(bulletin, { inputs: [readings.id, radar.id] });
console.log(await run.result());

/** Prints an output, and below it what it was made from. */
async function trace(outputId: string, indent = ''): Promise<void> {
  const { runId, producer, event, parentRefs } = await run.outputs.get(outputId);
  const { snapshot } = await runtime.info(runId);
  const name = event.type === 'artifact' ? event.name : event.type;
  console.log(`${indent}${name}, by ${producer} of the ${snapshot.definition}`);
  for (const parentId of parentRefs) await trace(parentId, `${indent}  `);
}

const verdict = await run.outputs.verdict(1);
if (verdict !== undefined) await trace(verdict.id);

// The copy has the bytes that were given out, or it is not written at all.
const copy = join(folder, 'copy.txt');
await run.outputs.save(radar, copy);
console.log(readFileSync(copy, 'utf8').trimEnd());

// prints:
// 8 degrees, with showers
// final, by run of the bulletin
//   summary, by run of the bulletin
//     readings, by thermometers of the survey
//   radar, by radar of the survey
// ..##..
// .####.
