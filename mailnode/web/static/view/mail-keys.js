/** The keys of reading mail: those that Gmail and Fastmail have taught people. */

import { openCompose } from '../model/compose.js';
import * as commands from '../model/commands.js';
import { help } from '../model/layout.js';
import { route } from '../model/route.js';
import { choose, chosen, clearChosen, focus, pointed } from '../model/selection.js';

const MOVE = 'keys.group.move';
const ACT = 'keys.group.act';
const GO = 'keys.group.go';
const WRITE = 'keys.group.write';

/** Escape: first the choice, then the conversation. */
function back() {
  if (chosen.value.size) clearChosen();
  else if (route.value.thread) commands.closeConversation();
}

function search() {
  const box = document.querySelector('.search input');
  if (!(box instanceof HTMLInputElement)) return;
  box.focus();
  box.select();
}

/** What is done to the row the keyboard is at, if one sees it. @param {(index: number) => void} act */
const here = (act) => () => { if (pointed.value) act(focus.value); };

/** Tell the folder button of the toolbar to open. */
function move() {
  const button = document.querySelector('.conversation .move-button, .move-button');
  if (button instanceof HTMLElement) button.click();
}

/** @returns {import('../model/keys.js').Shortcut[]} */
export const mailShortcuts = () => [
  { keys: 'j', label: 'key.next', group: MOVE, act: () => commands.step(1) },
  { keys: 'k', label: 'key.previous', group: MOVE, act: () => commands.step(-1) },
  { keys: 'o', label: 'key.open', group: MOVE, act: here(commands.openRow) },
  { keys: 'Enter', label: 'key.open', group: MOVE, act: here(commands.openRow) },
  { keys: 'u', label: 'key.back', group: MOVE, act: commands.closeConversation },
  { keys: 'Escape', label: 'key.back', group: MOVE, act: back },
  { keys: '/', label: 'key.search', group: MOVE, act: search },
  { keys: 'x', label: 'key.choose', group: ACT, act: here(choose) },
  { keys: 'e', label: 'archive', group: ACT, act: commands.archive },
  { keys: '#', label: 'delete', group: ACT, act: commands.trash },
  { keys: 'Delete', label: 'delete', group: ACT, act: commands.trash },
  { keys: '!', label: 'junk', group: ACT, act: commands.junk },
  { keys: 's', label: 'star', group: ACT, act: commands.toggleStar },
  { keys: 'm', label: 'key.read', group: ACT, act: commands.toggleRead },
  { keys: 'v', label: 'move', group: ACT, act: move },
  { keys: 'r', label: 'compose.reply', group: WRITE, act: () => commands.answer('reply') },
  { keys: 'a', label: 'compose.replyAll', group: WRITE, act: () => commands.answer('replyAll') },
  { keys: 'f', label: 'compose.forward', group: WRITE, act: () => commands.answer('forward') },
  { keys: 'c', label: 'compose.new', group: WRITE, act: () => openCompose({ mode: 'new' }) },
  { keys: 'g i', label: 'role.inbox', group: GO, act: () => commands.goTo('inbox') },
  { keys: 'g d', label: 'role.drafts', group: GO, act: () => commands.goTo('drafts') },
  { keys: 'g s', label: 'role.sent', group: GO, act: () => commands.goTo('sent') },
  { keys: 'g a', label: 'role.archive', group: GO, act: () => commands.goTo('archive') },
  { keys: 'g j', label: 'role.junk', group: GO, act: () => commands.goTo('junk') },
  { keys: 'g t', label: 'role.trash', group: GO, act: () => commands.goTo('trash') },
  { keys: '?', label: 'help', group: GO, act: () => { help.value = true; } },
];
