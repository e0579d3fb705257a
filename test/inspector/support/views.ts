/** Every view of the inspector with a run of the demo in it, by a name that stays; the address below the page. */
export const VIEWS: Readonly<Record<string, string>> = {
  runs: '',
  run: 'runs/review-published',
  'run-past': 'runs/review-published?seq=20',
  'run-waiting': 'runs/review-waiting?panel=questions',
  'run-failed': 'runs/release-refused?panel=explain',
  'run-machine': 'runs/purchase-waiting',
  'run-steps': 'runs/review-published?panel=steps',
  'run-retries': 'runs/review-resumed?panel=steps&step=take%20the%20lock',
  'run-outputs': 'runs/review-published?panel=outputs',
  'run-lineage': 'runs/review-published?panel=outputs&as=lineage',
  'run-checkpoints': 'runs/review-stricter?panel=checkpoints',
  'run-family': 'runs/review-published?panel=family',
  'run-missing': 'runs/nobody-has-this-id',
  session: 'sessions/docs-team',
  runtime: 'runtime',
  nowhere: 'there/is/nothing',
};

/** The widths that people look at it with, in pixels. */
export const SIZES = {
  phone: { width: 390, height: 844 },
  desk: { width: 1440, height: 900 },
} as const;

export const SCHEMES = ['light', 'dark'] as const;
