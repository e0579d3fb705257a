import { z } from 'zod';

/** Charts as they leave the server. */
const place = { x: z.number(), y: z.number() };
const box = { ...place, width: z.number(), height: z.number() };
const points = z.array(z.object(place));
const stateType = z.enum(['atomic', 'compound', 'parallel', 'final', 'history']);

const chart = z
  .object({
    id: z.string(),
    states: z.array(
      z.object({
        id: z.string().describe('The path from the root, like active.planning.'),
        name: z.string(),
        parent: z.string().nullable(),
        type: stateType,
        initial: z.boolean(),
        invokes: z.array(z.string()).exactOptional(),
        entry: z.array(z.string()).exactOptional(),
        exit: z.array(z.string()).exactOptional(),
      }),
    ),
    transitions: z.array(
      z.object({
        id: z.string(),
        from: z.string(),
        to: z.string().nullable().describe('null: it stays where it is.'),
        event: z.string(),
        label: z.string(),
        guard: z.string().exactOptional(),
        actions: z.array(z.string()),
        reenters: z.literal(true).exactOptional(),
      }),
    ),
  })
  .meta({ id: 'Chart' });

const layout = z
  .object({
    id: z.string(),
    direction: z.enum(['right', 'down']),
    width: z.number(),
    height: z.number(),
    states: z.array(
      z.object({
        ...box,
        id: z.string(),
        name: z.string(),
        parent: z.string().nullable(),
        type: stateType,
        initial: z.boolean(),
        lines: z.array(z.string()),
        header: z.number(),
      }),
    ),
    edges: z.array(
      z.object({
        id: z.string(),
        from: z.string(),
        to: z.string(),
        points,
        labels: z.array(
          z.object({
            ...box,
            text: z.string(),
            title: z.string(),
            transitions: z.array(z.string()),
          }),
        ),
      }),
    ),
    initials: z.array(z.object({ ...place, state: z.string(), points })),
  })
  .meta({ id: 'ChartLayout', description: 'All places are absolute.' });

export const laidOutChart = z.object({ chart, layout });
