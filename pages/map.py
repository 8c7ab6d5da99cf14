"""Which neighbours did I lose? Every document in two dimensions, coloured by what a plan keeps of its neighbourhood."""

import streamlit as st

from core.errors import PlanError
from core.ui import browser, data, encoding, map_card, map_chart, map_state, map_view, map_words, services, state, work
from core.ui.charts import CONFIG
from core.ui.map_colours import SHARE, legend, offered
from core.ui.parts import draw, note, problem, small, title

screen = browser.watch(map_state.choose)
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    if source.vectors:
        corpus = services.corpus(source.corpus) if source.corpus else None
        steps = wrong = None
        try:
            steps = map_state.ladder(source.meta["dim"])
        except PlanError as e:
            wrong = e
        shades = offered(corpus)
        shade = st.selectbox("Colour by", shades, key="map_colour", bind="query-params", width=176)
    browser.copy_link()
if not source.vectors:
    with top:
        encoding.panel(source)
    st.stop()

if steps is None:
    problem(wrong)
    st.stop()

v, look = services.vectors(source.vectors), state.theme()
left, right = browser.columns(screen)
with left:
    heading, chart, below = st.container(), st.container(), st.container(key="map_slot")
with right:
    card = st.container(border=True, key="map_card", gap="xsmall")
    with st.container(border=True, key="map_trust", gap="xsmall"):
        draw(map_card.heading())
        wanted = map_state.method()
        trusted = st.container()

method, drawn = map_state.projection(source, v, wanted)
plans = map_state.asked(source.vectors, steps.plans)
with below:
    caption = st.container()
    shifts = st.toggle(
        "Show where decoded vectors land",
        key="map_moved",
        bind="query-params",
        help="The same projection, asked about what the codes remember of each document.",
    )
    landed, slot = st.container(), st.container()
runs = [("kept", plans, "Finding which neighbours plans keep"), map_state.arranging(source, wanted)]
if shifts and drawn is not None:
    runs.append(("moved", {**plans, "method": method}, "Finding where decoded vectors land"))
found, *more = results = [work.known(kind, params) for kind, params, _ in runs]
known = map_state.known(source, v, steps.plans, found)

finding = map_view.finding(found, steps.plan)
headline = map_words.headline(steps.size, finding)
picked = map_state.pick(v)
now = map_card.fates(known, steps, picked).get(steps.size) if picked else None
with top:
    title(headline)
    draw(note(map_words.evidence(finding, map_state.K)))
with card:
    if picked:
        draw(map_card.matrix(corpus, v, known, steps, picked))
    map_state.queries(corpus, v)
with trusted:
    draw(map_card.trusted(map_state.trust(source, method), map_state.METHODS[method]))
if drawn is None:
    chart.container(height=map_chart.LOW if screen.narrow else map_chart.HEIGHT, border=False)
    with slot:
        map_state.together(runs)
    st.stop()
painted = map_view.paint(shade or SHARE, corpus, v, known, steps.plan, look)
moved = map_view.displacement(drawn, more[-1] or {}, steps.plan, method)
picture = map_view.layers(
    drawn, corpus, v, painted, map_view.star(drawn, known, picked, now), moved[0] if moved else None
)
with heading:
    draw(legend(painted))
with chart:
    st.plotly_chart(
        map_chart.chart(picture, look, screen.chart, screen.narrow),
        key="map_chart",
        theme=None,
        config=CONFIG,
        selection_mode="points",
        on_select=map_state.clicked,
        alt=map_chart.describe(picture, map_state.METHODS[method], headline, map_view.counted(now)),
    )
with caption:
    said = [map_words.sampling(len(drawn.drawn), drawn.total, len(picture.docs))]
    if method != wanted:
        said.insert(0, "By PCA until UMAP is ready.")
    draw(note(" ".join(said)), small(map_words.method(drawn.total, len(picture.docs), map_state.K)))
if moved:
    with landed:
        draw(small(map_words.displaced(len(moved[0][0]), moved[1], moved[2])))
with slot:  # last: a panel may ask for the page anew, which leaves nothing half drawn
    if map_state.together(runs) != results:
        st.rerun()
