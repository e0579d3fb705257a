import { describeCases } from '../support/describe-cases.ts';
import { backends } from './backends.ts';

// The long cases run here alone: they take seconds, and say the same of each mode of SQLite.
await describeCases('memory', backends.memory, {});
await describeCases('sqlite, inline', backends.inline, {});
await describeCases('memory, with contents in files', backends.files, {
  quick: true,
  only: ({ contract }) => contract === 'blob store',
});
