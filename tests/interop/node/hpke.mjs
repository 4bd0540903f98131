// The other side of hpke_peer.cc: opens what it sealed, and seals for it to open.
// Usage: node hpke.mjs <cases.json> <answers.json>
import { readFileSync, writeFileSync } from "node:fs";
import * as core from "@hpke/core";
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";

// RFC 9180 7, by number.
const kems = {
  0x10: core.DhkemP256HkdfSha256,
  0x11: core.DhkemP384HkdfSha384,
  0x12: core.DhkemP521HkdfSha512,
  0x20: core.DhkemX25519HkdfSha256,
};
const kdfs = { 1: core.HkdfSha256, 2: core.HkdfSha384, 3: core.HkdfSha512 };
const aeads = {
  1: core.Aes128Gcm,
  2: core.Aes256Gcm,
  3: Chacha20Poly1305,
  0xffff: core.ExportOnly,
};
const exportOnly = 0xffff;

const bytes = (hex) => {
  const buffer = Buffer.from(hex, "hex");
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length);
};
const hex = (buffer) => Buffer.from(buffer).toString("hex");

async function pair(suite, privateHex, publicHex) {
  return {
    privateKey: await suite.kem.importKey("raw", bytes(privateHex), false),
    publicKey: await suite.kem.importKey("raw", bytes(publicHex), true),
  };
}

async function answer(test) {
  const suite = new core.CipherSuite({
    kem: new kems[test.kem](),
    kdf: new kdfs[test.kdf](),
    aead: new aeads[test.aead](),
  });
  const recipient = await pair(suite, test.recipient_private, test.recipient_public);
  const common = { info: bytes(test.info) };
  if (test.psk) common.psk = { key: bytes(test.psk), id: bytes(test.psk_id) };
  const from = { ...common, recipientPublicKey: recipient.publicKey };
  const to = { ...common, recipientKey: recipient, enc: bytes(test.enc) };
  if (test.sender_private) {
    const sender = await pair(suite, test.sender_private, test.sender_public);
    from.senderKey = sender;
    to.senderPublicKey = sender.publicKey;
  }
  const receiver = await suite.createRecipientContext(to);
  const sender = await suite.createSenderContext(from);
  const result = { id: test.id, enc: hex(sender.enc), opened: [], sealed: [] };
  for (const ciphertext of test.aead === exportOnly ? [] : test.ciphertexts) {
    const plaintext = await receiver.open(bytes(ciphertext), bytes(test.aad));
    result.opened.push(hex(plaintext));
    result.sealed.push(hex(await sender.seal(plaintext, bytes(test.aad))));
  }
  const context = bytes(test.export_context);
  result.exported_by_receiver = hex(await receiver.export(context, test.export_length));
  result.exported_by_sender = hex(await sender.export(context, test.export_length));
  return result;
}

const [, , casesPath, answersPath] = process.argv;
const cases = JSON.parse(readFileSync(casesPath, "utf8"));
const answers = [];
for (const test of cases) answers.push(await answer(test));
writeFileSync(answersPath, JSON.stringify(answers));
