fn main(path: String) {
    drop(path);
}
