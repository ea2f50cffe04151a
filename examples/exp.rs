//! scratch experiment
use ombuds::features::{hashing::bucket, *};
use ombuds::linear::{dual::*, sparse::*};
use ombuds::text::*;
use rayon::prelude::*;
use std::time::Instant;
fn main() {
    let bits: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let cost: f64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let tol: f64 = std::env::args().nth(3).unwrap().parse().unwrap();
    let min_df: u32 = std::env::args().nth(4).unwrap().parse().unwrap();
    let mut r = csv::Reader::from_path("/work/shared/corpora/wikipedia_talk_toxicity.csv").unwrap();
    let t = Instant::now();
    let rows: Vec<(String, bool, bool)> = r.records().map(|x| { let x = x.unwrap();
        use sha1::Digest; let d = sha1::Sha1::digest(x[0].as_bytes());
        (x[0].to_owned(), &x[1] == "1", d[0] % 5 == 0) }).collect();
    println!("read {:?}", t.elapsed());
    let tables = TextTables::shipped();
    let t = Instant::now();
    let feats: Vec<[Vec<u32>; 2]> = rows.par_chunks(512).flat_map_iter(|chunk| {
        let mut view = TextView::default();
        let mut seen = vec![0u64; (1usize << bits) / 64];
        let mut out = Vec::new();
        for (text, _, _) in chunk {
            view.parse(text, &tables);
            let mut b = [Vec::new(), Vec::new()];
            extract(&view, &mut |f| { let j = bucket(f.hash, bits); let (w, m) = (j as usize / 64, 1u64 << (j % 64));
                if seen[w] & m == 0 { seen[w] |= m; b[f.block as usize].push(j); } });
            for v in &b { for j in v { seen[*j as usize / 64] = 0; } }
            out.push(b);
        }
        out
    }).collect();
    println!("features {:?} nnz {}", t.elapsed(), feats.iter().map(|b| b[0].len() + b[1].len()).sum::<usize>());
    let t = Instant::now();
    let mut df = vec![0u32; 1 << bits];
    let train: Vec<usize> = (0..rows.len()).filter(|&i| !rows[i].2).collect();
    let test: Vec<usize> = (0..rows.len()).filter(|&i| rows[i].2).collect();
    for &i in &train { for b in &feats[i] { for &j in b { df[j as usize] += 1; } } }
    let n = train.len() as f32;
    let mode = std::env::var("MODE").unwrap_or_default();
    let mut pos = vec![0u32; 1 << bits];
    let mut npos = 0f32;
    for &i in &train { if rows[i].1 { npos += 1.0; for b in &feats[i] { for &j in b { pos[j as usize] += 1; } } } }
    let idf: Vec<f32> = df.iter().map(|&d| if d < min_df { 0.0 } else { ((1.0 + n) / (1.0 + d as f32)).ln() + 1.0 }).collect();
    println!("used columns {}", df.iter().filter(|&&d| d > 0).count());
    let envf = |k: &str, d: f32| std::env::var(k).map(|x| x.parse::<f32>().unwrap()).unwrap_or(d);
    let mut prior = vec![1f32; 1 << bits];
    if mode.contains("nb") { let a = envf("NBA", 1.0); for j in 0..idf.len() {
        let p = (pos[j] as f32 + a) / (npos + a); let q = ((df[j] - pos[j]) as f32 + a) / (n - npos + a);
        let r = (p / q).ln().abs(); prior[j] = (r + envf("NB0", 0.5)).powf(envf("NBP", 2.0)); } }
    let mut m = PresenceMatrix::new(idf);
    if mode.contains("joint") { for b in &feats { let all: Vec<u32> = b[0].iter().chain(&b[1]).copied().collect(); m.push_row([&all, &[]]); } } else { for b in &feats { m.push_row([&b[0], &b[1]]); } }
    drop(feats);
    println!("matrix {:?}", t.elapsed());
    let inst: Vec<Instance> = train.iter().map(|&i| Instance { row: i as u32, positive: rows[i].1, cost, offset: 0.0 }).collect();
    let t = Instant::now();
    let s = solve(&m, &prior, &inst, &DualOptions { tol, max_iter: 100, intercept_scale: 1.0, seed: 1 });
    println!("solve {:?} iter {} grad {} {}", t.elapsed(), s.n_iter, s.gradient, s.converged);
    let mut sc: Vec<(f64, bool)> = test.iter().map(|&i| (m.dot(i, &s.weights), rows[i].1)).collect();
    sc.sort_by(|a, b| b.0.total_cmp(&a.0));
    let p = sc.iter().filter(|x| x.1).count() as f64; let nn = sc.len() as f64 - p;
    let (mut tp, mut auc, mut ap) = (0.0, 0.0, 0.0);
    for (i, x) in sc.iter().enumerate() { if x.1 { tp += 1.0; ap += tp / (i + 1) as f64; } else { auc += tp; } }
    println!("AUC {:.5} AP {:.4}", auc / p / nn, ap / p);
}
