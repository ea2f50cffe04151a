// googleapis: the current one by discovery, and 44, the last but a few that knew Perspective itself.
"use strict";
const assert = require("assert");
const { google } = require("googleapis");
const { google: google44 } = require("googleapis-44");

const server = process.env.OMBUDS_HTTP;
const key = process.env.OMBUDS_KEY;

async function check(name, comments) {
  const score = async (text) => {
    const resource = { comment: { text }, requestedAttributes: { TOXICITY: {} }, languages: ["en"] };
    const { data } = await comments.analyze({ key, resource });
    return data.attributeScores.TOXICITY.summaryScore.value;
  };
  const [rude, kind] = [await score("You are a stupid idiot."), await score("Thank you for this article.")];
  assert(0 <= kind && kind < rude && rude <= 1, `${name}: ${kind}, ${rude}`);
  const { data } = await comments.suggestscore({
    key,
    resource: {
      comment: { text: `A label from ${name}.` },
      attributeScores: { TOXICITY: { summaryScore: { value: 1 } } },
      languages: ["en"],
      clientToken: `${name}:1`,
    },
  });
  assert.strictEqual(data.clientToken, `${name}:1`);
  await assert.rejects(score(""), /Comment must be non-empty\./);
}

(async () => {
  const found = await google.discoverAPI(`${server}/$discovery/rest?version=v1alpha1`);
  await check("googleapis", found.comments);
  const old = google44.commentanalyzer({ version: "v1alpha1", rootUrl: `${server}/` });
  await check("googleapis-44", old.comments);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
