/** The files of a letter: on their way, there, and away again. */

import { html } from '../../lib/html.js';
import { number, size, t } from '../../lib/i18n.js';
import { CORE } from '../../lib/jmap/client.js';
import { upload } from '../../lib/jmap/upload.js';
import { jmap } from '../../model/session.js';
import { toast } from '../../model/toasts.js';
import { Icon } from '../icons.js';

/** @import { Letter, File as Attached } from '../../model/letters.js' */

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** @param {Letter} letter @param {Attached} before @param {Partial<Attached>} change */
function replaced(letter, before, change) {
  const after = { ...before, ...change };
  letter.files.value = letter.files.value.map((each) => (each === before ? after : each));
  return after;
}

/**
 * Put files to a letter.
 * @param {Letter} letter @param {File[]} files @param {() => void} onChange
 * @param {(blobId: string, name: string) => void} [onPicture] shows a picture in the text, if that is wished
 */
export async function attach(letter, files, onChange, onPicture) {
  const most = jmap().session.capabilities[CORE]?.maxSizeUpload ?? Infinity;
  await Promise.all(files.map(async (file) => {
    if (file.size > most) {
      toast(t('compose.tooLarge', { name: file.name, size: size(most) }), { kind: 'failed' });
      return;
    }
    const inline = Boolean(onPicture) && PICTURES.has(file.type);
    const sending = upload(jmap(), file, (progress) => { entry = replaced(letter, entry, { progress }); });
    /** @type {Attached} */
    let entry = { blobId: '', name: file.name || t('attachment.unnamed'), type: file.type || 'application/octet-stream', size: file.size, inline, progress: 0, cancel: sending.cancel };
    letter.files.value = [...letter.files.value, entry];
    try {
      const { blobId } = await sending.done;
      entry = replaced(letter, entry, { blobId, progress: 1 });
      if (inline) onPicture?.(blobId, entry.name);
      onChange();
    } catch (reason) {
      if (reason instanceof DOMException) remove(letter, entry);
      else entry = replaced(letter, entry, { failed: true });
    }
  }));
}

/** @param {Letter} letter @param {Attached} file */
function remove(letter, file) {
  letter.files.value = letter.files.value.filter((each) => each !== file);
}

/** @param {{letter: Letter, onChange: () => void}} given */
export function Files({ letter, onChange }) {
  const files = letter.files.value.filter(({ inline, blobId }) => !inline || !blobId);
  if (!files.length) return null;
  const away = (/** @type {Attached} */ file) => {
    if (!file.blobId && !file.failed) file.cancel?.();
    else remove(letter, file);
    onChange();
  };
  return html`
    <ul class="compose-files" aria-label=${t('attachment.all', { n: files.length })}>
      ${files.map((file) => html`
        <li key=${file.blobId || file.name} class=${file.failed ? 'compose-file failed' : 'compose-file'}>
          <${Icon} name=${PICTURES.has(file.type) ? 'image' : 'file'} />
          <span class="cut" title=${file.name}>${file.name}</span>
          <span class="compose-file-size">${file.failed ? t('compose.notUploaded')
            : file.blobId ? size(file.size) : `${number(Math.round((file.progress ?? 0) * 100))} %`}</span>
          ${!file.blobId && !file.failed && html`<progress value=${file.progress} max="1" aria-label=${file.name}></progress>`}
          <button type="button" class="icon-button" aria-label=${t('compose.remove', { name: file.name })} onClick=${() => away(file)}>
            <${Icon} name="close" /></button>
        </li>`)}
    </ul>`;
}
