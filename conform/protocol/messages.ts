// Every message of the line protocol, as schemas and types: `docs/protocol.md` is their text.

export * from './interfaces.js'
export * from './replies.js'
export * from './requests.js'
