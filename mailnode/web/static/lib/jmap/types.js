/**
 * What JMAP objects look like, for the type checker (RFC 8620, RFC 8621).
 *
 * @typedef {{name: string | null, email: string}} Address
 *
 * @typedef {object} Mailbox RFC 8621, 2
 * @property {string} id
 * @property {string} name
 * @property {string | null} parentId
 * @property {string | null} role
 * @property {number} sortOrder
 * @property {number} totalEmails
 * @property {number} unreadEmails
 * @property {number} totalThreads
 * @property {number} unreadThreads
 * @property {Record<string, boolean>} myRights
 * @property {boolean} isSubscribed
 *
 * @typedef {object} Part RFC 8621, 4.1.4
 * @property {string | null} partId
 * @property {string | null} blobId
 * @property {number} size
 * @property {string | null} name
 * @property {string} type
 * @property {string | null} disposition
 * @property {string | null} cid
 *
 * @typedef {object} Email RFC 8621, 4
 * @property {string} id
 * @property {string} blobId
 * @property {string} threadId
 * @property {Record<string, boolean>} mailboxIds
 * @property {Record<string, boolean>} keywords
 * @property {number} size
 * @property {string} receivedAt
 * @property {string | null} [sentAt]
 * @property {Address[] | null} [from]
 * @property {Address[] | null} [to]
 * @property {Address[] | null} [cc]
 * @property {Address[] | null} [bcc]
 * @property {Address[] | null} [replyTo]
 * @property {string[] | null} [messageId]
 * @property {string[] | null} [references]
 * @property {string | null} [subject]
 * @property {string} [preview]
 * @property {boolean} [hasAttachment]
 * @property {Part[]} [attachments]
 * @property {{name: string, value: string}[]} [headers]
 *
 * @typedef {object} Session RFC 8620, 2
 * @property {Record<string, any>} capabilities
 * @property {Record<string, {name: string, isPersonal: boolean, isReadOnly: boolean,
 *   accountCapabilities: Record<string, any>}>} accounts
 * @property {Record<string, string>} primaryAccounts
 * @property {string} username
 * @property {string} apiUrl
 * @property {string} downloadUrl
 * @property {string} uploadUrl
 * @property {string} eventSourceUrl
 * @property {string} state
 *
 * @typedef {[name: string, given: Record<string, any>]} Call
 * A method and its arguments; `accountId` is added when it is missing.
 *
 * @typedef {Record<string, any>} Patch RFC 8620, 5.3
 */

export {};
