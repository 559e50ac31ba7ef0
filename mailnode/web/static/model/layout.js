/** How much room there is, and what of it is taken. */

import { computed, signal } from '@preact/signals';
import { preferences } from './preferences.js';

/** @param {string} query */
function matching(query) {
  const media = matchMedia(query);
  const found = signal(media.matches);
  media.addEventListener('change', () => { found.value = media.matches; });
  return found;
}

/** One pane at a time. */
export const phone = matching('(max-width: 699px)');
/** The tree is a drawer. */
export const narrow = matching('(max-width: 1023px)');
/** The reader prefers dark. */
const darkWished = matching('(prefers-color-scheme: dark)');

/** Whether the page is dark now. */
export const dark = computed(() => {
  const { theme } = preferences.value;
  return theme === 'dark' || (theme === 'system' && darkWished.value);
});

/** Whether the conversation is seen together with the list. */
export const columns = computed(() => !phone.value && preferences.value.layout !== 'list');
/** Whether it is then below the list, not beside it. */
export const below = computed(() => !phone.value && preferences.value.layout === 'below');
/** Whether a row of the list is one line. */
export const flat = computed(() => !phone.value && preferences.value.layout !== 'columns');
/** Whether more fits on the page. */
export const compact = computed(() => preferences.value.density === 'compact');

/** Whether the drawer with the tree is open. */
export const drawer = signal(false);

/** Whether the card with the shortcuts is open. */
export const help = signal(false);
