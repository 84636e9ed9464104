//! The page's own thread is never busy for long: whatever a visitor does is answered within a frame or three.

use super::*;

/// No task on the page's thread takes longer (what browsers themselves call a long task).
const LONG_MS: f64 = 50.0;

/// Loading, training, drawing, another language and the way to the page's end.
///
/// What is measured is the time that the thread has computed, which Chromium's trace has, and not the time that has gone by, which is all that a
/// PerformanceObserver has: on a busy machine a task of nothing may wait for a processor as long as it likes. Still, what others do to the
/// processor's caches and clock is not the page's fault: a task is too long if one was in each of three visits.
#[tokio::test]
async fn no_task_of_the_page_is_long() {
    let mut long = Vec::new();
    for _ in 0..3 {
        long = long_tasks().await;
        if long.is_empty() {
            return;
        }
    }
    panic!("{long:#?}");
}

async fn long_tasks() -> Vec<String> {
    let categories = "disabled-by-default-devtools.timeline,devtools.timeline,blink.user_timing";
    let browser = Browser::start_traced(categories).await.unwrap();
    let page = Page { browser, server: serve(Data::Absent).await };
    page.visit("?data=builtin&epochs=2").await;
    // By which the thread is told from those of other pages.
    page.browser.run::<()>("performance.mark('the page')").await.unwrap();
    page.wait_for_state("ready").await;
    page.wait_for("#inspector[data-state=shown]").await;
    page.click("#train-button").await;
    page.browser.draw("#canvas", Pointer::Mouse, SEVEN).await.unwrap();
    page.wait_for("#answer[data-digit]").await;
    page.click("#language [lang=ja]").await;
    page.wait_for("html[lang=ja]").await;
    page.wait_for_state("done").await;
    for section in ["#notebook", "#mistakes", "#inside", "#runs", "#inspector", "footer"] {
        let scroll = "document.querySelector(args[0]).scrollIntoView()";
        page.browser.run_with::<()>(scroll, vec![section.into()]).await.unwrap();
    }
    page.browser.draw("#canvas", Pointer::Touch, TWO).await.unwrap();

    let events = page.browser.trace().await.unwrap();
    let mark = events.iter().find(|it| it["name"] == "the page").expect("the mark is in the trace");
    let is_here = |it: &&serde_json::Value| it["pid"] == mark["pid"] && it["tid"] == mark["tid"];
    let (tasks, parts): (Vec<_>, Vec<_>) =
        events.iter().filter(is_here).filter(|it| it["ph"] == "X").partition(|it| it["name"] == "RunTask");
    let ms = |it: &serde_json::Value, name: &str| it[name].as_f64().unwrap_or(0.0) / 1000.0;
    let longest = tasks.iter().map(|it| ms(it, "tdur")).fold(0.0, f64::max);
    println!("{} tasks, the longest {longest:.1} ms", tasks.len());
    assert!(tasks.len() > 100 && longest > 0.0, "the trace is of another thread");
    let describe = |task: &&serde_json::Value| {
        let span = ms(task, "ts")..=ms(task, "ts") + ms(task, "dur");
        let during = parts.iter().filter(|it| span.contains(&ms(it, "ts")) && ms(it, "tdur") > 5.0);
        let what: Vec<_> =
            during.map(|it| format!("{} {:.1} ms {}", it["name"], ms(it, "tdur"), it["args"])).collect();
        format!("a task of {:.1} ms: {}", ms(task, "tdur"), what.join(", "))
    };
    tasks.into_iter().filter(|it| ms(it, "tdur") > LONG_MS).map(|it| describe(&it)).collect()
}
