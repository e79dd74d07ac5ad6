export { connectInMemory, type InMemoryOptions, openInMemory } from './connect.js';
export { DialogueClient, type TestMessage, type TestPace } from './dialogue-client.js';
export { FailureScript, type ScriptedFailure } from './failure-script.js';
export { memoryPair } from './memory-pair.js';
export { type ReceivedReply, ReplyReader } from './reply-reader.js';
