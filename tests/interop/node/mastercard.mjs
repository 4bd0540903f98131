// The other side of mastercard_peer.cc: Mastercard's own library opens what Florin sealed, and
// seals for it to open. Test certificates are made by openssl, beside this script.
// Usage: node mastercard.mjs <mastercard_peer>
import { Peer, Tally } from "./peer.mjs";
import { makeParties } from "./mastercard_parties.mjs";
import { checkJwe, slashes } from "./mastercard_jwe.mjs";
import { checkFields } from "./mastercard_fields.mjs";

const peer = new Peer(process.argv[2]);
const tally = new Tally("mastercard");
const parties = await makeParties(peer, tally);
if (parties === undefined) {
  console.log("SKIPPED: openssl is not installed");
  process.exitCode = 77;
} else {
  for (const party of parties) {
    await checkJwe(peer, tally, party);
    await checkFields(peer, tally, party);
  }
  await tally.case("the bug of README.md is still theirs", slashes, async () => {
    if (!tally.counts.has(slashes)) throw new Error("no text had one: amend README.md");
  });
  process.exitCode = tally.report();
}
peer.end();
