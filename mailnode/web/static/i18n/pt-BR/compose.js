/** Português do Brasil: escrever. */

export default {
  'compose.new': 'Escrever',
  'compose.reply': 'Responder',
  'compose.replyAll': 'Responder a todos',
  'compose.forward': 'Encaminhar',
  'compose.missing': 'Não foi possível carregar o editor.',
};
