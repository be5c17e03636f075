// One review through GitHub's API, with a token that is used once and kept nowhere. Suggestions stand on the lines of
// the difference; GitHub takes comments on no others, so what concerns other lines goes into the review's own text.
// https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
const onLines = (page, block) => block.l && data.commit && !isNotebook(page) && ours(block).some(([op]) => op === 2);
const lineComments = () => decisions().flatMap(([page, block]) => {
  const { comment } = decisionOn(block), text = wantedText(page, block);
  if (!onLines(page, block) || (text == null && !comment)) return [];
  const place = placeOf(page, block), [first, last] = block.l;
  const from = place ? place.text.lastIndexOf("\n", place.start - 1) + 1 : 0, stop = place ? place.text.indexOf("\n", place.end) : 0;
  const lines = text == null ? "" : place.text.slice(from, place.start) + text + place.text.slice(place.end, stop < 0 ? place.text.length : stop);
  const suggestion = text == null ? "" : text === "" ? "```suggestion\n```" : fenced(lines, "suggestion");
  const made = { path: page.path, line: last, side: "RIGHT", body: [comment, suggestion].filter(Boolean).join("\n\n") };
  return [first < last ? { ...made, start_line: first, start_side: "RIGHT" } : made];
});
const post = (token, content) => fetch(`${data.pull.api}/reviews`, {
  method: "POST", credentials: "omit", referrerPolicy: "no-referrer",
  headers: { Accept: "application/vnd.github+json", Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
  body: JSON.stringify(content),
});
const send = async () => {
  const token = $("token").value.trim();
  if (!token) { $("sent").textContent = "Give a token that may write to pull requests."; $("token").focus(); return; }
  $("send").disabled = true;
  $("sent").textContent = "Sending…";
  try {
    const content = { commit_id: data.commit || undefined, event: "COMMENT", body: asText(), comments: lineComments() };
    let answer = await post(token, content);
    // Lines that are in no difference any more: then all of it is one comment.
    if (answer.status === 422 && content.comments.length) answer = await post(token, { event: "COMMENT", body: asText() });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status}: ${said.message || "no reason given"}`);
    $("token").value = "";
    $("sent").replaceChildren("Sent: ", link("the review", said.html_url || data.pull.web), ".");
  } catch (error) {
    $("sent").textContent = `Not sent: ${error.message}. Nothing is lost: it is all kept here.`;
  }
  $("send").disabled = false;
};
