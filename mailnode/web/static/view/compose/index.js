/** All letters that are being written, beside each other at the bottom of the page. */

import { useEffect, useState } from 'preact/hooks';
import { html } from '../../lib/html.js';
import { t } from '../../lib/i18n.js';
import { complain } from '../../model/actions.js';
import { closeCompose, compositions } from '../../model/compose.js';
import { phone } from '../../model/layout.js';
import { begin } from '../../model/letters.js';
import { Spinner } from '../controls.js';
import { Composer } from './composer.js';

/** @import { Composition } from '../../model/compose.js' */
/** @import { Letter } from '../../model/letters.js' */

const SIDE_BY_SIDE = 3;
/** Windows that have room beside each other; earlier ones wait behind them. */

/** @param {{wanted: Composition}} given */
function Begun({ wanted }) {
  const [letter, setLetter] = useState(/** @type {Letter | null} */ (null));
  useEffect(() => {
    begin(wanted).then(setLetter, (reason) => {
      complain(reason);
      closeCompose(wanted.key);
    });
  }, [wanted]);
  if (!letter) return html`<section class="composer waiting" aria-label=${t('compose.new')}><${Spinner} /></section>`;
  return html`<${Composer} letter=${letter} />`;
}

export default function Composers() {
  const shown = compositions.value.slice(phone.value ? -1 : -SIDE_BY_SIDE);
  return html`<div class="composers">${shown.map((wanted) => html`<${Begun} key=${wanted.key} wanted=${wanted} />`)}</div>`;
}
