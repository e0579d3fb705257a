import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/runs.css';
import './styles/run.css';
import './styles/steps.css';
import './styles/outputs.css';
import './styles/explain.css';
import './styles/family.css';
import './styles/session.css';
import './styles/runtime.css';
import { App } from './app.tsx';
import { followChanges } from './changes.ts';

void followChanges();
render(<App />, document.getElementById('app') as HTMLElement);
