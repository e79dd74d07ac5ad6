export { connectTestClient, type TestClientOptions } from './connect-test-client.js';
export { withoutPorts } from './without-ports.js';
export { DialogueClient, type ReceivedReply, type TestMessage, type TestPace } from 'smtp-engine/testing';
