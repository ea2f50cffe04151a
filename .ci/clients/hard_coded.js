// perspective-api-client and Jigsaw's own client, unchanged: their host is hard-coded, so the name is ours.
"use strict";
const assert = require("assert");
const Perspective = require("perspective-api-client");
const jigsaw = require("@conversationai/perspectiveapi-js-client");

const key = process.env.OMBUDS_KEY;

(async () => {
  const sloria = new Perspective({ apiKey: key });
  const score = async (text) => {
    const answer = await sloria.analyze(text, { attributes: ["toxicity", "insult"] });
    return answer.attributeScores.INSULT.summaryScore.value;
  };
  const [rude, kind] = [await score("You are a stupid idiot."), await score("Thank you for this article.")];
  assert(0 <= kind && kind < rude && rude <= 1, `${kind}, ${rude}`);
  const wrong = new Perspective({ apiKey: "wrong" });
  await assert.rejects(wrong.analyze("x"), /API key not valid/);

  // It asks for SPAM, too, which our model does not score: left out of the answer, no error.
  const client = new jigsaw.Client(key);
  const scores = await client.getScores("<b>You are a stupid idiot.</b>");
  const thanks = await client.getScores("Thank you for this article.");
  assert(thanks.TOXICITY < scores.TOXICITY && scores.TOXICITY <= 1, JSON.stringify([thanks, scores]));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
