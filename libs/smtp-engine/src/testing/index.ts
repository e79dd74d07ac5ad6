export { connectInMemory } from './connect.js';
export { DialogueClient, type TestMessage, type TestPace } from './dialogue-client.js';
export { memoryPair } from './memory-pair.js';
export { type ReceivedReply, ReplyReader } from './reply-reader.js';
