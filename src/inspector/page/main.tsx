import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/runs.css';
import './styles/run.css';
import './styles/forms.css';
import './styles/questions.css';
import './styles/checkpoints.css';
import './styles/dialogs.css';
import { App } from './app.tsx';
import { followChanges } from './changes.ts';

void followChanges();
render(<App />, document.getElementById('app') as HTMLElement);
