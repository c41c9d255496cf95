// Shows what has all the words that are searched for, and the links to it.
const search = document.getElementById("search");
const articles = [...document.querySelectorAll("article")].map((article) => ({
  article,
  text: article.textContent.toLowerCase(),
  link: document.querySelector(`nav a[href="#${CSS.escape(article.id)}"]`)?.parentElement,
}));
const sections = [...document.querySelectorAll("main section")];

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { article, text, link } of articles) {
    const hit = words.every((word) => text.includes(word));
    article.hidden = !hit;
    if (link) link.hidden = !hit;
    found += hit;
  }
  for (const section of sections) {
    section.hidden = words.length > 0 && !section.querySelector("article:not([hidden])");
    for (const heading of section.querySelectorAll(":scope > h3")) {
      let next = heading.nextElementSibling;
      while (next?.matches("article[hidden]")) next = next.nextElementSibling;
      heading.hidden = !next?.matches("article");
    }
  }
  document.getElementById("nothing").hidden = found > 0 || words.length === 0;
}

search.addEventListener("input", show);
addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.select();
  }
});
// A reload keeps what was typed.
show();
