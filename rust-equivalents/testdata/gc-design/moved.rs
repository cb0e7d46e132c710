fn main() {
    let value = Box::new(7);
    let shelf = &value;
    drop(value);
    println!("{shelf}");
}
