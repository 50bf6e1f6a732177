// Charts of ECharts in the page's colours.
{
  const { el } = attune.dom;
  const kPalette = {
    light: [
      ...["#2458c5", "#d1495b", "#1b8a5a", "#b7791f", "#7b4fc9", "#0e8ea3"],
      ...["#8c564b", "#5d6877", "#c2389a", "#6b8e23", "#1f2f5c", "#e07b39"],
    ],
    dark: [
      ...["#82aaff", "#ff8a80", "#5fd08f", "#f2c14e", "#c29bff", "#5ad1e0"],
      ...["#d7a58f", "#9ba7b6", "#ff9ee0", "#b5d66a", "#f5f7fa", "#ffab70"],
    ],
  };
  // What is drawn, by its place in the view.
  let live = new Map();
  let before = new Map();

  // Asked once for each theme: to answer, the browser has to style the whole page.
  const colors = new Map();
  const color = (name) => {
    const key = `${document.documentElement.dataset.theme} ${name}`;
    if (!colors.has(key)) {
      const style = getComputedStyle(document.documentElement);
      colors.set(key, style.getPropertyValue(`--${name}`).trim());
    }
    return colors.get(key);
  };

  // A rival has one colour wherever it is drawn.
  const { data } = attune;
  const compares = new Set(data.columns.rival?.filter((_, row) => data.isProblem(row)));
  const rivals = data.distinct("rival").filter((name) => compares.has(data.strings.indexOf(name)));
  const rivalColor = (name) => {
    const palette = kPalette[document.documentElement.dataset.theme];
    return palette[Math.max(0, rivals.indexOf(name)) % palette.length];
  };

  const axisColors = (axis) => ({
    nameTextStyle: { color: color("faint") },
    ...axis,
    axisLabel: { color: color("faint"), ...axis.axisLabel },
    axisLine: { lineStyle: { color: color("line") } },
    splitLine: { lineStyle: { color: color("line"), opacity: 0.6 }, ...axis.splitLine },
  });

  const themed = (option) => {
    const result = {
      animation: false,
      backgroundColor: "transparent",
      color: kPalette[document.documentElement.dataset.theme],
      textStyle: { fontFamily: "system-ui, sans-serif", color: color("ink") },
      grid: { left: 64, right: 24, top: 58, bottom: 44 },
      ...option,
      // Rich text is drawn, not parsed: names of benchmarks cannot be markup.
      tooltip: {
        renderMode: "richText",
        backgroundColor: color("card"),
        borderColor: color("line"),
        textStyle: { color: color("ink"), fontSize: 12 },
        confine: true,
        ...option.tooltip,
      },
      legend: {
        type: "scroll",
        top: 0,
        itemWidth: 16,
        itemGap: 8,
        textStyle: { color: color("ink"), fontSize: 11 },
        ...option.legend,
      },
    };
    for (const key of ["xAxis", "yAxis"]) if (option[key]) result[key] = axisColors(option[key]);
    return result;
  };

  const draw = (shown) => {
    if (!shown.element.isConnected) return;
    shown.instance ??= echarts.init(shown.element, null, { renderer: "canvas" });
    shown.instance.setOption(themed(shown.option), { notMerge: true });
    shown.ready?.(shown.instance);
  };

  // Charts that wait to be looked at, by element. The others cost nothing.
  const waiting = new Map();
  const drawWaiting = (element) => {
    const shown = waiting.get(element);
    waiting.delete(element);
    observer.unobserve(element);
    if (shown) draw(shown);
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) drawWaiting(target);
  });
  const drawWhenSeen = (shown) => {
    waiting.set(shown.element, shown);
    observer.unobserve(shown.element);
    observer.observe(shown.element);
  };

  // An element that draws `option` once it is seen; `label` says what it shows. What
  // stood at this `place` of the view before is kept, and drawn again only if its label, its option,
  // functions aside, or the theme has changed. `ready`, if given, gets the chart, which is never
  // kept then.
  const chart = (option, { tall = false, label, place = label, ready = null }) => {
    const signature = JSON.stringify([document.documentElement.dataset.theme, label, option]);
    const kept = ready ? null : before.get(place);
    const shown = kept || { element: el("div", { role: "img" }), instance: null };
    before.delete(place);
    live.set(place, shown);
    if (shown.signature === signature) return shown.element;
    shown.element.className = tall ? "chart tall" : "chart";
    shown.element.setAttribute("aria-label", label);
    Object.assign(shown, { option, signature, ready });
    drawWhenSeen(shown);
    return shown.element;
  };

  // Before a view is drawn; after it, when its elements stand in the page: what it no longer has is
  // dropped.
  const begin = () => {
    before = live;
    live = new Map();
  };
  const end = () => {
    for (const { instance, element } of before.values()) {
      waiting.delete(element);
      observer.unobserve(element);
      instance?.dispose();
    }
    before = new Map();
    requestAnimationFrame(resizeAll);
  };

  // Those whose element has another size than they were drawn for.
  const resizeAll = () => {
    for (const { instance, element } of live.values()) {
      const fits =
        instance?.getWidth() === element.clientWidth &&
        instance.getHeight() === element.clientHeight;
      if (instance && !fits) instance.resize();
    }
  };
  addEventListener("resize", resizeAll);
  addEventListener("beforeprint", () => {
    for (const element of [...waiting.keys()]) drawWaiting(element);
    resizeAll();
  });

  attune.charts = { chart, color, rivalColor, begin, end };
}
