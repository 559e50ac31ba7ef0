/** Whether the server has a newer page than this one. */

import { t } from '../lib/i18n.js';
import { toast } from './toasts.js';

const SHOWN = 3_600_000;
/** Milliseconds: until somebody has time for it. */

let told = false;

/** Ask which version the server has, and offer to load it. */
export async function checkVersion() {
  const mine = document.documentElement.dataset.version;
  if (!mine || told) return;
  const response = await fetch('/auth/session', { credentials: 'same-origin' }).catch(() => null);
  const answer = response?.ok ? await response.json() : {};
  if (told || !answer.version || answer.version === mine) return;
  told = true;
  toast(t('reload.new'), { label: t('reload'), action: () => location.reload(), shown: SHOWN });
}
