/** The page begins here. */

import { effect } from '@preact/signals';
import { render } from 'preact';
import { html } from './lib/html.js';
import { direction, fitting, language, speak } from './lib/i18n.js';
import { pressed } from './model/keys.js';
import { followPreferences } from './model/portable.js';
import { preferences } from './model/preferences.js';
import { resume } from './model/session.js';
import { Page } from './view/page.js';

const root = document.documentElement;

effect(() => { root.dataset.theme = preferences.value.theme; });
effect(() => { void speak(preferences.value.language || fitting(navigator.languages)); });
effect(() => {
  root.lang = language.value;
  root.dir = direction();
});

addEventListener('keydown', pressed);
followPreferences();
void resume();

const place = document.getElementById('page');
if (place) render(html`<${Page} />`, place);
