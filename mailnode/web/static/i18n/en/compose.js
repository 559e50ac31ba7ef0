/** English: writing. */

export default {
  'compose.new': 'Write',
  'compose.reply': 'Reply',
  'compose.replyAll': 'Reply to all',
  'compose.forward': 'Forward',
  'compose.missing': 'The editor could not be loaded.',
};
