import { effect, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'runchart-theme';
const kept = localStorage.getItem(KEY);

/** Light, dark, or as the system has it. Kept in this browser. */
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'auto');

effect(() => {
  const { value } = theme;
  if (value === 'auto') {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(KEY, value);
    document.documentElement.dataset['theme'] = value;
  }
});

const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };

export function turnTheme(): void {
  theme.value = NEXT[theme.value];
}
