// Tabs, filters, theme and keys; draws the view that the address names.
{
  const { data, state, views, dom } = attune;
  const names = Object.keys(views);
  const main = document.getElementById("view");
  const form = document.getElementById("filters");

  const currentView = () => (names.includes(state.get("view")) ? state.get("view") : names[0]);

  const drawTabs = () => {
    const tabs = names.map((name, i) => {
      const selected = name === currentView();
      const attributes = {
        role: "tab",
        type: "button",
        id: `tab-${name}`,
        title: `Key ${i + 1}`,
        "aria-selected": String(selected),
        tabindex: selected ? "0" : "-1",
      };
      return dom.el(
        "button",
        { ...attributes, onclick: () => state.set({ view: name }) },
        views[name].title,
      );
    });
    document.getElementById("tabs").replaceChildren(...tabs);
  };

  const filterSelect = ({ key, label, values }) => {
    const options = [["", "all"], ...values.map((value) => [value, value])];
    const change = (value) => state.set({ [key]: value });
    return dom.select(label, options, state.get(key), change, `filter-${key}`);
  };

  const filters = [{ key: "machine", label: "machine", values: data.machines }, ...state.filters];

  const drawFilters = () => {
    const search = dom.el("input", {
      id: "filter-q",
      type: "search",
      placeholder: "words of a name",
      oninput: (event) => state.set({ q: event.target.value }),
    });
    const clear = dom.el("button", { type: "button", onclick: state.clearFilters }, "Clear");
    form.replaceChildren(
      ...filters.map(filterSelect),
      dom.el("label", {}, "search", search),
      clear,
    );
    showFilters();
  };

  // What the address says, in the elements that are there.
  const showFilters = () => {
    for (const key of [...filters.map((filter) => filter.key), "q"]) {
      const element = document.getElementById(`filter-${key}`);
      if (element.value !== state.get(key)) element.value = state.get(key);
    }
  };

  const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

  const drawSummary = () => {
    const troubled = data.files.reduce(
      (sum, file) => sum + file.problems.length + file.failed.length,
      0,
    );
    const parts = [
      `${state.filteredRows().length} of ${plural(data.rows, "benchmark")}`,
      `${plural(data.files.length, "file")} read`,
      `${data.skipped.length} skipped`,
    ];
    if (troubled > 0) parts.push(`${plural(troubled, "row")} in trouble`);
    document.getElementById("summary").textContent = parts.join(", ");
  };

  const drawView = () => {
    attune.charts.begin();
    main.replaceChildren(...views[currentView()].render());
    attune.charts.end();
    drawSummary();
    attune.isDrawn = true;
  };

  const applyTheme = () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = state.get("theme") || (dark ? "dark" : "light");
  };

  const switchTheme = () =>
    state.set({ theme: document.documentElement.dataset.theme === "dark" ? "light" : "dark" });

  state.onChange((changed) => {
    if (changed.includes("theme")) applyTheme();
    if (changed.includes("view")) drawTabs();
    showFilters();
    drawView();
  });

  const step = (by) => {
    const next = names[(names.indexOf(currentView()) + by + names.length) % names.length];
    state.set({ view: next });
    document.getElementById(`tab-${next}`).focus();
  };

  document.getElementById("tabs").addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  });

  addEventListener("keydown", (event) => {
    const inField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape" && inField) event.target.blur();
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key >= "1" && event.key <= String(names.length))
      state.set({ view: names[event.key - 1] });
    if (event.key === "t") switchTheme();
    if (event.key === "x") state.clearFilters();
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("filter-q").focus();
    }
  });

  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("theme").addEventListener("click", switchTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    applyTheme();
    drawView();
  });

  applyTheme();
  drawTabs();
  drawFilters();
  drawView();
}
