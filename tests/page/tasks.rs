//! The page's own thread is never busy for long: what a visitor does is always answered within a frame or three.

use super::*;

/// No task on the page's thread takes longer (the measure that browsers themselves have of a long task).
const LONG_MS: f64 = 50.0;

/// Loading, training, drawing and another language. What is measured is the time that the thread has computed, not the time that has gone
/// by: on a busy machine a task of nothing may wait for a processor as long as it likes, which is why this reads Chromium's trace, and not a
/// PerformanceObserver.
#[tokio::test]
async fn no_task_of_the_page_is_long() {
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
    page.browser.run::<()>("scrollTo(0, document.body.scrollHeight)").await.unwrap();
    page.browser.draw("#canvas", Pointer::Touch, TWO).await.unwrap();

    let events = page.browser.trace().await.unwrap();
    let mark = events.iter().find(|it| it["name"] == "the page").expect("the mark is in the trace");
    let is_here = |it: &&serde_json::Value| it["pid"] == mark["pid"] && it["tid"] == mark["tid"];
    let ms = |it: &serde_json::Value| it["tdur"].as_f64().unwrap_or(0.0) / 1000.0;
    let (tasks, parts): (Vec<_>, Vec<_>) =
        events.iter().filter(is_here).filter(|it| it["ph"] == "X").partition(|it| it["name"] == "RunTask");
    assert!(tasks.len() > 100 && tasks.iter().any(|it| ms(it) > 0.0), "{} tasks", tasks.len());
    let mut longest: Vec<_> = tasks.iter().map(|it| ms(it)).collect();
    longest.sort_by(f64::total_cmp);
    println!(
        "{} tasks, the longest {:.1?} ms",
        tasks.len(),
        longest.iter().rev().take(5).collect::<Vec<_>>()
    );
    for task in tasks.iter().filter(|task| ms(task) > LONG_MS / 2.0) {
        let during = |it: &&&serde_json::Value| {
            let time = |it: &serde_json::Value| it["ts"].as_f64().unwrap_or(0.0);
            (time(task)..=time(task) + task["dur"].as_f64().unwrap_or(0.0)).contains(&time(it))
                && ms(it) > 5.0
        };
        let what: Vec<_> = parts
            .iter()
            .filter(during)
            .map(|it| format!("{} {:.1} ms {}", it["name"], ms(it), it["args"]))
            .collect();
        let what = format!("a task of {:.1} ms: {what:#?}", ms(task));
        println!("{what}");
        assert!(ms(task) <= LONG_MS, "{what}");
    }
}
